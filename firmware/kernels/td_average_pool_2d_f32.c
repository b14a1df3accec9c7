#include "td_average_pool_2d_f32.h"

#define TD_PARAMS td_average_pool_2d_f32_params
#define TD_SUMMAND(x) (x)
#define TD_POOLED(mean) (mean)
#include "td_mean_pool_2d_float_body.h"

void td_average_pool_2d_f32(const td_average_pool_2d_f32_params *p, const float *input,
                            float *output) {
  pool(p, input, output);
}
