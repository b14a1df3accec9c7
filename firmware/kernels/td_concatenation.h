/* Concatenation of tensors of one type and quantization along any axis; all that counts here are
 * bytes.
 *
 * inputs[i] [outer, sizes[i]], the dimensions before the axis and the bytes from it on
 * output    [outer, sum of sizes] */
#ifndef TD_CONCATENATION_H
#define TD_CONCATENATION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t outer;
  int32_t count;        /* of inputs */
  const int32_t *sizes; /* [count] */
} td_concatenation_params;

void td_concatenation(const td_concatenation_params *p, const int8_t *const *inputs, void *output);

#ifdef __cplusplus
}
#endif
#endif
