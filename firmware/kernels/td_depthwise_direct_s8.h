/* Depthwise convolution as td_depthwise_conv_2d_s8, whose parameters it takes, without scratch
 * memory: for layers of few outputs a channel, and those whose requantization has no proof. Four
 * channels are summed at a time.
 *
 * input, filter, bias, output as td_depthwise_conv_2d_s8; channels: four at least, depth multiplier
 * 1 */
#ifndef TD_DEPTHWISE_DIRECT_S8_H
#define TD_DEPTHWISE_DIRECT_S8_H

#include "td_depthwise_conv_2d_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef td_depthwise_conv_2d_s8_params td_depthwise_direct_s8_params;

void td_depthwise_direct_s8(const td_depthwise_conv_2d_s8_params *p, const int8_t *input,
                            const int8_t *filter, const int32_t *bias, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
