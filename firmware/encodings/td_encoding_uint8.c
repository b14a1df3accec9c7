/* The bytes are pixels of 0 to 255 for a model whose int8 input has zero point -128: MLPerf Tiny's
 * image classification and visual wake words. Flipping the top bit is the whole difference, both
 * ways. */
#include <stddef.h>

#include "td_encoding.h"
#include "td_inputs.h"
#include "td_model.h"

enum { TOP_BIT = 0x80 };

const char *td_encoding_model(void) {
  return TD_ENCODING_TEXT(TD_MLPERF_MODEL);
}

uint32_t td_encoding_bytes(void) {
  return td_inputs_bytes();
}

void td_encoding_put(uint32_t position, uint8_t byte) {
  size_t room = 0;
  *td_inputs_at(position, &room) = byte ^ TOP_BIT;
}

uint8_t td_encoding_get(uint32_t position) {
  size_t room = 0;
  return *td_inputs_at(position, &room) ^ TOP_BIT;
}

void td_encoding_load(void) {}

uint32_t td_encoding_results(void) {
  return td_model_output_count();
}

uint32_t td_encoding_result(uint32_t vector, uint32_t item, float *value) {
  return td_model_result(vector, item, value);
}
