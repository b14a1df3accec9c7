/* Concatenation of int8 tensors of one scale and zero point along any axis.
 *
 * inputs[i] int8 [outer, sizes[i]], the dimensions before the axis and those from it on
 * output    int8 [outer, sum of sizes] */
#ifndef TD_CONCATENATION_S8_H
#define TD_CONCATENATION_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t outer;
  int32_t count;        /* of inputs */
  const int32_t *sizes; /* [count] */
} td_concatenation_s8_params;

void td_concatenation_s8(const td_concatenation_s8_params *p, const int8_t *const *inputs,
                         int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
