/* The larger, or the smaller, of two int8 tensors of one scale and zero point.
 *
 * input1, input2, output: int8. `shape` is the output's, outermost first; element [a, b, c, d] of
 * an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride 0
 * where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast.
 *
 * flip is 0 for the maximum and -1 for the minimum: it is the maximum of the numbers' complements.
 */
#ifndef TD_MAXIMUM_S8_H
#define TD_MAXIMUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  int8_t flip;
} td_maximum_s8_params;

void td_maximum_s8(const td_maximum_s8_params *p, const int8_t *input1, const int8_t *input2,
                   int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
