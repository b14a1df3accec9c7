#include "td_floor_mod_f32.h"

#include <math.h>

#define TD_PARAMS td_floor_mod_f32_params

static inline float value_of(const TD_PARAMS *p, float a, float b) {
  (void)p;
  const float rest = fmodf(a, b);
  const int is_other = (b < 0.0f) != (rest < 0.0f);
  return rest != 0.0f && is_other ? rest + b : rest;
}

#include "td_broadcast_body.h"

void td_floor_mod_f32(const td_floor_mod_f32_params *p, const float *input1, const float *input2,
                      float *output) {
  broadcast(p, input1, input2, output);
}
