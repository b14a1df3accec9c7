#include "td_depthwise_conv_2d_f16_f32.h"

#define TD_PARAMS td_depthwise_conv_2d_f16_f32_params
#define TD_WEIGHT int16_t
#define TD_VALUE(w) td_half((uint16_t)(w))
#define TD_QUAD(w) td_quad_halves(w)
#define TD_EVEN 2
#define TD_SCALED(p, sum, channel) (sum)
#include "td_depthwise_conv_2d_float_body.h"

void td_depthwise_conv_2d_f16_f32(const td_depthwise_conv_2d_f16_f32_params *p, const float *input,
                                  const int16_t *filter, const float *bias, float *output) {
  convolve(p, input, filter, bias, output);
}
