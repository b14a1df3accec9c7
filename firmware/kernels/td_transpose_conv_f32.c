#include "td_transpose_conv_f32.h"

#define TD_PARAMS td_transpose_conv_f32_params
#define TD_WEIGHT float
#define TD_VALUE(w) (w)
#define TD_SCALED(p, sum, channel) (sum)
#include "td_transpose_conv_float_body.h"

void td_transpose_conv_f32(const td_transpose_conv_f32_params *p, const float *input,
                           const float *filter, const float *bias, float *output) {
  convolve(p, input, filter, bias, output);
}
