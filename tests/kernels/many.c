#include "many.h"

#include <string.h>

#include "check.h"
#include "td_crc.h"

typedef struct {
  const uint32_t *wanted; /* 0 is not compared */
  int32_t number;         /* of the sample, times a thousand */
} place;

static void check_layer(void *user, uint32_t layer, const void *output, size_t bytes) {
  const place *at = user;
  const uint32_t crc = td_crc32(0, output, bytes);
  if (at->wanted[layer] == 0)
    return;
  check_bytes(at->number + (int32_t)layer, &crc, &at->wanted[layer], sizeof crc);
}

void many_run(const many_net *net) {
  const int8_t *given = net->given;
  check_begin(net->name);
  for (uint32_t sample = 0; sample < net->samples; sample++) {
    place at = {net->wanted + sample * (net->layers + net->outputs), (int32_t)sample * 1000};
    for (uint32_t i = 0; i < net->inputs; i++) {
      memcpy(net->arena + net->input_offset[i], given, net->input_bytes[i]);
      given += net->input_bytes[i];
    }
    net->reset();
    net->invoke(check_layer, &at);
    for (uint32_t i = 0; i < net->outputs; i++) {
      check_layer(&at, net->layers + i, net->arena + net->output_offset[i], net->output_bytes[i]);
    }
  }
  check_end();
}
