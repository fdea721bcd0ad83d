// SPDX-License-Identifier: Apache-2.0
// Prints what EDFlib finds in each file given, one line of JSON a file: rate, labels, first samples, annotations.
// gcc -o edf-check edf-check.c -ledf
#include <edflib.h>
#include <stdio.h>

enum { FIRST_SAMPLES = 8 };

static void print_string(const char *text) {
  putchar('"');
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '"' || *c == '\\') putchar('\\');
    if (*c < 32)
      printf("\\u%04x", *c);
    else
      putchar(*c);
  }
  putchar('"');
}

static void print_signals(const struct edf_hdr_struct *header) {
  printf(",\"signals\":[");
  for (int i = 0; i < header->edfsignals; i++) {
    const struct edf_param_struct *signal = &header->signalparam[i];
    double samples[FIRST_SAMPLES];
    int count = edfread_physical_samples(header->handle, i, FIRST_SAMPLES, samples);
    printf("%s{\"label\":", i ? "," : "");
    print_string(signal->label);
    printf(",\"unit\":");
    print_string(signal->physdimension);
    printf(",\"rate_hz\":%.9g", signal->smp_in_datarecord * 1e7 / (double)header->datarecord_duration);
    printf(",\"samples\":%lld,\"first\":[", signal->smp_in_file);
    for (int k = 0; k < count; k++) printf("%s%.9g", k ? "," : "", samples[k]);
    printf("]}");
  }
  printf("]");
}

static void print_annotations(const struct edf_hdr_struct *header) {
  printf(",\"annotations\":[");
  for (int i = 0; i < header->annotations_in_file; i++) {
    struct edf_annotation_struct annotation;
    if (edf_get_annotation(header->handle, i, &annotation)) break;
    printf("%s{\"onset_s\":%.7f,\"duration_s\":%.7f,\"text\":", i ? "," : "", annotation.onset / 1e7,
           annotation.duration_l < 0 ? 0.0 : annotation.duration_l / 1e7);
    print_string(annotation.annotation);
    printf("}");
  }
  printf("]");
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    static struct edf_hdr_struct header;
    if (edfopen_file_readonly(argv[i], &header, EDFLIB_READ_ALL_ANNOTATIONS)) {
      printf("{\"error\":%d}\n", header.filetype);
      continue;
    }
    printf("{\"filetype\":%d,\"records\":%lld,\"duration_s\":%.7f,\"equipment\":", header.filetype,
           header.datarecords_in_file, header.file_duration / 1e7);
    print_string(header.equipment);
    printf(",\"patient_name\":");
    print_string(header.patient_name);
    printf(",\"start\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03lldZ\"", header.startdate_year, header.startdate_month,
           header.startdate_day, header.starttime_hour, header.starttime_minute, header.starttime_second,
           header.starttime_subsecond / 10000);
    print_signals(&header);
    print_annotations(&header);
    printf("}\n");
    edfclose_file(header.handle);
  }
  return 0;
}
