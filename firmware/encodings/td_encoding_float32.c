/* The bytes are a window of little-endian float32, and the result is one figure: the mean square of
 * what the model, an autoencoder, does not restore. MLPerf Tiny's anomaly detection.
 *
 * TD_MLPERF_ITEMS floats, quantized as the benchmark's own code does it: rounded half away from
 * zero and clamped to int8. */
#include <stddef.h>
#include <string.h>

#include "model_scales.h"
#include "td_encoding.h"
#include "td_inputs.h"
#include "td_model.h"

static uint8_t window[TD_MLPERF_ITEMS * sizeof(float)];

const char *td_encoding_model(void) {
  return TD_ENCODING_TEXT(TD_MLPERF_MODEL);
}

uint32_t td_encoding_bytes(void) {
  return (uint32_t)sizeof window;
}

void td_encoding_put(uint32_t position, uint8_t byte) {
  window[position] = byte;
}

uint8_t td_encoding_get(uint32_t position) {
  return window[position];
}

static float item_at(uint32_t item) {
  float value;
  memcpy(&value, &window[item * sizeof value], sizeof value);
  return value;
}

void td_encoding_load(void) {
  for (uint32_t item = 0; item < TD_MLPERF_ITEMS; item++) {
    size_t room = 0;
    *td_inputs_at(item, &room) = (uint8_t)model_quantize(&model_input_scale[0], item_at(item));
  }
}

uint32_t td_encoding_results(void) {
  return 1;
}

uint32_t td_encoding_result(uint32_t vector, uint32_t item, float *value) {
  (void)vector;
  (void)item;
  float sum = 0.0f;
  for (uint32_t i = 0; i < TD_MLPERF_ITEMS; i++) {
    float restored = 0.0f;
    td_model_result(0, i, &restored);
    const float difference = restored - item_at(i);
    sum += difference * difference;
  }
  *value = sum / (float)TD_MLPERF_ITEMS;
  return 1;
}
