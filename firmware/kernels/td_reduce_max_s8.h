/* Maximum or minimum over some dimensions of an int8 tensor.
 *
 * The input's dimensions are two kept and two reduced ones of any order, each with its stride in
 * the input; what there are fewer of has size 1. output int8 [kept[0], kept[1]]
 *
 * flip is 0 for the maximum and -1 for the minimum: it is the maximum of the numbers' complements.
 */
#ifndef TD_REDUCE_MAX_S8_H
#define TD_REDUCE_MAX_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t kept[2];
  int32_t kept_stride[2];
  int32_t reduced[2];
  int32_t reduced_stride[2];
  int8_t flip;
} td_reduce_max_s8_params;

void td_reduce_max_s8(const td_reduce_max_s8_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
