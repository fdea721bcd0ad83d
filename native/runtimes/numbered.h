/* SPDX-License-Identifier: Apache-2.0
 *
 * A function for each class that an adapter registers: create is not told of which class it is to make an instance.
 */
#ifndef STAGEBOX_NUMBERED_H
#define STAGEBOX_NUMBERED_H

enum { SB_ADAPTER_MAX_CLASSES = 64 };

/* F(00) to F(077): octal, as C reads them. */
#define SB_EIGHT(F, HIGH) F(HIGH##0) F(HIGH##1) F(HIGH##2) F(HIGH##3) F(HIGH##4) F(HIGH##5) F(HIGH##6) F(HIGH##7)
#define SB_EACH_CLASS(F)                                                                                              \
  SB_EIGHT(F, 00) SB_EIGHT(F, 01) SB_EIGHT(F, 02) SB_EIGHT(F, 03) SB_EIGHT(F, 04) SB_EIGHT(F, 05) SB_EIGHT(F, 06)     \
  SB_EIGHT(F, 07)

#endif
