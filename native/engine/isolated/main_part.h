/* SPDX-License-Identifier: Apache-2.0
 *
 * The main part of a plugin: a process that is no instance of a stage. What is said to it and by it are texts: a line of
 * words, and behind it a body.
 *
 *     to it    event TYPE            JSON          from it    loaded
 *              request NUMBER NAME   JSON                     subscribe TYPE
 *              answer NUMBER ok      JSON                     publish TYPE              JSON
 *              answer NUMBER error   words                    call NUMBER PLUGIN.NAME   JSON
 *              ping                                           answer NUMBER ok|error    JSON, words
 *              unload                                         pong, failed              words
 *
 * The control plane makes of them what it wants (src/plugins/bus/): the engine passes them on, some at a time, so that
 * one that says more than is heard has to wait, and nobody else. All functions are of stagebox_engine.h. [control]
 */
#ifndef STAGEBOX_MAIN_PART_H
#define STAGEBOX_MAIN_PART_H

#include <stagebox_engine.h>

#endif
