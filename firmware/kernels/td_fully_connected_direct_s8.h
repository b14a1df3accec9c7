/* Fully connected layer, int8, as td_fully_connected_packed_s8 but without scratch: the inputs are
 * widened anew for each four outputs. Input and output lie apart; filter and bias are the same. */
#ifndef TD_FULLY_CONNECTED_DIRECT_S8_H
#define TD_FULLY_CONNECTED_DIRECT_S8_H

#include "td_fully_connected_packed_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef td_fully_connected_packed_s8_params td_fully_connected_direct_s8_params;

void td_fully_connected_direct_s8(const td_fully_connected_direct_s8_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
