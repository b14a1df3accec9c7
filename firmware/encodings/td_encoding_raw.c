/* The bytes are the model's own: MLPerf Tiny's keyword spotting, and every model of no benchmark.
 */
#include <stddef.h>

#include "td_encoding.h"
#include "td_inputs.h"
#include "td_model.h"

const char *td_encoding_model(void) {
#ifdef TD_MLPERF_MODEL
  return TD_ENCODING_TEXT(TD_MLPERF_MODEL);
#else
  return td_model_name;
#endif
}

uint32_t td_encoding_bytes(void) {
  return td_inputs_bytes();
}

void td_encoding_put(uint32_t position, uint8_t byte) {
  size_t room = 0;
  *td_inputs_at(position, &room) = byte;
}

uint8_t td_encoding_get(uint32_t position) {
  size_t room = 0;
  return *td_inputs_at(position, &room);
}

void td_encoding_load(void) {}

uint32_t td_encoding_results(void) {
  return td_model_output_count();
}

uint32_t td_encoding_result(uint32_t vector, uint32_t item, float *value) {
  return td_model_result(vector, item, value);
}
