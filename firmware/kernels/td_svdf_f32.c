#include "td_svdf_f32.h"

#include "td_float.h"

static float dot(const float *weights, const float *values, int32_t count) {
  float sum = 0.0f;
  for (int32_t i = 0; i < count; i++) {
    sum = td_mac(sum, weights[i], values[i]);
  }
  return sum;
}

/* The memory without its oldest element and with `latest`, weighed in time. */
static float remember(const float *time, float *memory, int32_t count, float latest) {
  for (int32_t i = 0; i < count - 1; i++) {
    memory[i] = memory[i + 1];
  }
  memory[count - 1] = latest;
  return dot(time, memory, count);
}

void td_svdf_f32(const td_svdf_f32_params *p, const float *input, const float *feature,
                 const float *time, const float *bias, float *output, float *state) {
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t unit = 0; unit < p->units; unit++) {
      float sum = bias[unit];
      for (int32_t filter = unit * p->rank; filter < (unit + 1) * p->rank; filter++) {
        const float latest = dot(feature + filter * p->inputs, input, p->inputs);
        sum += remember(time + filter * p->memory, state, p->memory, latest);
        state += p->memory;
      }
      *output++ = td_limit(sum, p->activation_min, p->activation_max);
    }
    input += p->inputs;
  }
}
