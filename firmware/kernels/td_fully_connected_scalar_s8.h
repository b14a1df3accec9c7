/* Fully connected layer as td_fully_connected_s8, for CPUs without DSP instructions: four outputs
 * at a time, so that an input is loaded once for them. */
#ifndef TD_FULLY_CONNECTED_SCALAR_S8_H
#define TD_FULLY_CONNECTED_SCALAR_S8_H

#include "td_fully_connected_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef td_fully_connected_s8_params td_fully_connected_scalar_s8_params;

void td_fully_connected_scalar_s8(const td_fully_connected_s8_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
