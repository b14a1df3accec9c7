#include "td_depthwise_conv_2d_f32.h"

#define TD_PARAMS td_depthwise_conv_2d_f32_params
#define TD_WEIGHT float
#define TD_VALUE(w) (w)
#define TD_QUAD(w) td_quad_floats(w)
#define TD_EVEN 1
#define TD_SCALED(p, sum, channel) (sum)
#include "td_depthwise_conv_2d_float_body.h"

void td_depthwise_conv_2d_f32(const td_depthwise_conv_2d_f32_params *p, const float *input,
                              const float *filter, const float *bias, float *output) {
  convolve(p, input, filter, bias, output);
}
