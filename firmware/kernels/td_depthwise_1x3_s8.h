/* Depthwise 1x3 convolution with stride 1, int8, ReLU down to -128: see td_depthwise_window.h. */
#ifndef TD_DEPTHWISE_1X3_S8_H
#define TD_DEPTHWISE_1X3_S8_H

#include "td_depthwise_window.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef td_depthwise_window_params td_depthwise_1x3_s8_params;

void td_depthwise_1x3_s8(const td_depthwise_window_params *p, const int8_t *input,
                         const uint8_t *filter, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
