#include "td_mul_f32.h"

#define TD_PARAMS td_mul_f32_params

static inline float value_of(const TD_PARAMS *p, float a, float b) {
  const float raw = a * b;
  const float raised = raw < p->activation_min ? p->activation_min : raw;
  return raised > p->activation_max ? p->activation_max : raised;
}

#include "td_broadcast_body.h"

void td_mul_f32(const td_mul_f32_params *p, const float *input1, const float *input2,
                float *output) {
  broadcast(p, input1, input2, output);
}
