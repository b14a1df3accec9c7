#include "td_l2_pool_2d_f32.h"

#include <math.h>

#define TD_PARAMS td_l2_pool_2d_f32_params
#define TD_SUMMAND(x) ((x) * (x))
#define TD_POOLED(mean) sqrtf(mean)
#include "td_mean_pool_2d_float_body.h"

void td_l2_pool_2d_f32(const td_l2_pool_2d_f32_params *p, const float *input, float *output) {
  pool(p, input, output);
}
