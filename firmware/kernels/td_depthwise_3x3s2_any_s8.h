/* Depthwise 3x3 convolution, int8, stride 2, any activation, depth multiplier:
 * see td_depthwise_3x3.h. */
#ifndef TD_DEPTHWISE_3X3S2_ANY_S8_H
#define TD_DEPTHWISE_3X3S2_ANY_S8_H

#include "td_depthwise_3x3.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef td_depthwise_3x3_spread_params td_depthwise_3x3s2_any_s8_params;

void td_depthwise_3x3s2_any_s8(const td_depthwise_3x3_spread_params *p, const int8_t *input,
                               const uint8_t *filter, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
