/* Depthwise convolution, int8, straight from NHWC, ReLU down to -128: see td_depthwise_nhwc.h. */
#ifndef TD_DEPTHWISE_NHWC_S8_H
#define TD_DEPTHWISE_NHWC_S8_H

#include "td_depthwise_nhwc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef td_depthwise_conv_2d_s8_params td_depthwise_nhwc_s8_params;

void td_depthwise_nhwc_s8(const td_depthwise_conv_2d_s8_params *p, const int8_t *input,
                          const int8_t *filter, const int32_t *bias, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
