#include "td_lstm_f32.h"

#include <math.h>

#include "td_float.h"

#define TD_PARAMS td_lstm_f32_params
#define TD_VALUE float
#define TD_WEIGHT float
#define TD_BIAS float
#define TD_CELL float
#include "td_lstm_steps.h"

static float dot(const float *weights, const float *values, int32_t count) {
  float sum = 0.0f;
  for (int32_t i = 0; i < count; i++) {
    sum = td_mac(sum, weights[i], values[i]);
  }
  return sum;
}

static void run_gate(const td_lstm_f32_params *p, int32_t gate, const float *input,
                     const float *hidden, const float *filter, const float *recurrent,
                     const float *bias, float *output) {
  const int32_t units = p->units;
  for (int32_t i = 0; i < units; i++) {
    const int32_t row = gate * units + i;
    float value = dot(filter + row * p->inputs, input, p->inputs) + bias[row];
    if (hidden) {
      value += dot(recurrent + row * units, hidden, units);
    }
    output[i] = gate == CELL_GATE ? tanhf(value) : 1.0f / (1.0f + expf(-value));
  }
}

static void run_step(const td_lstm_f32_params *p, const float *gates, float *cell, float *output) {
  const int32_t units = p->units;
  for (int32_t i = 0; i < units; i++) {
    const float kept = gates[FORGET_GATE * units + i] * cell[i];
    const float sum = kept + gates[INPUT_GATE * units + i] * gates[CELL_GATE * units + i];
    cell[i] = p->cell_clip > 0.0f ? td_limit(sum, -p->cell_clip, p->cell_clip) : sum;
    output[i] = tanhf(cell[i]) * gates[OUTPUT_GATE * units + i];
  }
}

void td_lstm_f32(const td_lstm_f32_params *p, const float *input, const float *filter,
                 const float *recurrent, const float *bias, float *output, void *scratch) {
  run(p, input, filter, recurrent, bias, output, (float *)scratch);
}
