/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar.h"

#include <dlfcn.h>
#include <stagebox_engine.h>
#include <string.h>

#include "check.h"

extern const sb_stage_class sb_stage_gain;
extern const sb_source_class sb_source_synthetic;

static sb_status register_stage(const sb_stage_class *stage) {
  sb_registry *registry = sb_registry_create();
  registry->registrar.add_stage(&registry->registrar, stage);
  const sb_status status = sb_registry_finish(registry, SB_OK);
  sb_registry_destroy(registry);
  return status;
}

#define REFUSED(words)                                                                                       \
  do {                                                                                                       \
    const sb_status status = register_stage(&stage);                                                         \
    check_that(status != SB_OK && strstr(sb_last_error(), words), __FILE__, __LINE__, "\"%s\", not \"%s\"",  \
               status == SB_OK ? "accepted" : sb_last_error(), words);                                       \
    stage = sb_stage_gain;                                                                                   \
  } while (0)

TEST(registrar_says_all_that_is_wrong_with_a_class) {
  sb_stage_class stage = sb_stage_gain;
  CHECK_EQUAL(register_stage(&stage), SB_OK);
  stage.size = 40;
  REFUSED("a stage class says it has 40 bytes, and has at least 120: set .size = sizeof(sb_stage_class)");
  stage.type = "Loud Gain";
  REFUSED("stage \"Loud Gain\": its type is no snake_case name of at most 48 characters");
  stage.type = NULL;
  REFUSED("stage \"?\": its type is no snake_case name");
  stage.type = "a_name_that_goes_on_for_much_longer_than_anybody_would_type";
  REFUSED("its type is no snake_case name");
  stage.name = "", stage.description = "a\nb", stage.input = 0, stage.output = 9;
  REFUSED("stage \"gain\": name is missing; description is not UTF-8 text of at most 1000 bytes; 0 is no port for its input; 9 is no port for its output");
  stage.name = "\xC3\x28";
  REFUSED("name is not UTF-8 text");
  stage.process = NULL;
  REFUSED("one of the functions create, activate, process, deactivate, destroy is missing");
  stage.set = NULL;
  REFUSED("gain_db: it is live, and the class has no function set");
  stage.param_count = 65;
  REFUSED("it has 65 parameters, and there may be 64");
  stage.params = NULL;
  REFUSED("its table of parameters is missing");
}

TEST(registrar_says_all_that_is_wrong_with_a_parameter) {
  sb_stage_class stage = sb_stage_gain;
  sb_param params[2];
#define PARAM(...)                                                         \
  params[0] = params[1] = (sb_param){.id = "level", .fallback = "1", __VA_ARGS__}; \
  params[1].id = "other", stage.params = params, stage.param_count = 2
  PARAM();
  CHECK_EQUAL(register_stage(&stage), SB_OK);
  PARAM();
  params[1].id = "level";
  REFUSED("level stands there twice");
  PARAM(.kind = 77);
  REFUSED("level: 77 is no kind of parameter");
  PARAM(.minimum = 2, .maximum = 5);
  REFUSED("level: its default 1 is not within 2 to 5");
  PARAM(.minimum = 5, .maximum = 2);
  REFUSED("level: nothing lies within 5 to 2");
  PARAM(.minimum = NAN, .maximum = 2);
  REFUSED("level: nothing lies within nan to 2");
  PARAM(.kind = SB_PARAM_BANDS);
  REFUSED("level: its default \"1\" is no value of its kind");
  PARAM(.kind = SB_PARAM_CHOICE);
  REFUSED("level: it has no choices that can be offered");
  PARAM(.flags = SB_PARAM_REQUIRED);
  REFUSED("level: what is required has no default");
  PARAM();
  params[0].fallback = NULL, params[1].id = "2nd";
  REFUSED("stage \"gain\": level: it has no default and is not required; parameter 2: its id is no snake_case name of at most 48 characters");
#undef PARAM
}

/* A plugin of a later minor version has more in its structs than this one knows, and may say so. */
TEST(registrar_takes_a_class_of_a_later_version) {
  struct {
    sb_stage_class stage;
    void *unheard_of;
  } later = {sb_stage_gain, &later};
  later.stage.size = sizeof later;
  sb_registry *registry = sb_registry_create();
  CHECK_EQUAL(registry->registrar.add_stage(&registry->registrar, &later.stage), SB_OK);
  CHECK_EQUAL(registry->registrar.add_source(&registry->registrar, &sb_source_synthetic), SB_OK);
  CHECK_EQUAL(registry->stages[0]->size, sizeof(sb_stage_class));
  CHECK(registry->stages[0]->process == sb_stage_gain.process);
  CHECK_EQUAL(sb_registry_finish(registry, SB_OK), SB_OK);
  sb_registry_destroy(registry);
}

TEST(registrar_remembers_a_refusal_that_the_library_did_not_care_about) {
  sb_registry *registry = sb_registry_create();
  CHECK_EQUAL(registry->registrar.add_stage(&registry->registrar, &sb_stage_gain), SB_OK);
  CHECK(registry->registrar.add_stage(&registry->registrar, &sb_stage_gain) != SB_OK);
  CHECK(registry->registrar.add_stage(&registry->registrar, NULL) != SB_OK);
  CHECK(sb_registry_finish(registry, SB_OK) != SB_OK && strcmp(sb_last_error(), "stage \"gain\" is registered twice") == 0);
  sb_registry_destroy(registry);
  registry = sb_registry_create();
  CHECK(sb_registry_finish(registry, SB_OK) != SB_OK && strstr(sb_last_error(), "it registers nothing"));
  sb_registry_destroy(registry);
}

TEST(registrar_names_what_a_library_does_not_export) {
  sb_entry entry;
  void *c_library = dlopen("libc.so.6", RTLD_NOW | RTLD_LOCAL);
  CHECK_EQUAL(sb_entry_find(c_library, &entry), SB_REFUSED);
  CHECK(strcmp(sb_last_error(), "it does not export stagebox_abi_version; see plugin.h") == 0);
  dlclose(c_library);
  CHECK_EQUAL(sb_entry_check_abi(SB_ABI_VERSION), SB_OK);
  CHECK_EQUAL(sb_entry_check_abi(2u << 16), SB_REFUSED);
  CHECK(strcmp(sb_last_error(), "incompatible ABI 2 (core=1)") == 0);
}
