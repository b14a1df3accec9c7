#include "td_lstm_f32.h"

#include <math.h>

#include "td_float.h"

enum { INPUT_GATE, FORGET_GATE, CELL_GATE, OUTPUT_GATE, GATES };

static float dot(const float *weights, const float *values, int32_t count) {
  float sum = 0.0f;
  for (int32_t i = 0; i < count; i++) {
    sum = td_mac(sum, weights[i], values[i]);
  }
  return sum;
}

/* All units of one gate; `hidden` is NULL before the first step, when the recurrent sums are 0. */
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
  float *cell = (float *)scratch;
  float *gates = cell + p->units;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const float *hidden = 0;
    for (int32_t i = 0; i < p->units; i++) {
      cell[i] = 0.0f;
    }
    for (int32_t step = 0; step < p->steps; step++) {
      const int32_t row = batch * p->batch_stride + step * p->step_stride;
      for (int32_t gate = 0; gate < GATES; gate++) {
        run_gate(p, gate, input + row * p->inputs, hidden, filter, recurrent, bias,
                 gates + gate * p->units);
      }
      run_step(p, gates, cell, output + row * p->units);
      hidden = output + row * p->units;
    }
  }
}
