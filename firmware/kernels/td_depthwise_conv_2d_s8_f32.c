#include "td_depthwise_conv_2d_s8_f32.h"

#define TD_PARAMS td_depthwise_conv_2d_s8_f32_params
#define TD_WEIGHT int8_t
#define TD_VALUE(w) ((float)(w))
#define TD_QUAD(w) td_quad_bytes(w)
#define TD_EVEN 1
#define TD_SCALED(p, sum, channel) ((sum) * (p)->scale[channel])
#include "td_depthwise_conv_2d_float_body.h"

void td_depthwise_conv_2d_s8_f32(const td_depthwise_conv_2d_s8_f32_params *p, const float *input,
                                 const int8_t *filter, const float *bias, float *output) {
  convolve(p, input, filter, bias, output);
}
