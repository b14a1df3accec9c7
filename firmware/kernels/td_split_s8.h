/* An int8 tensor cut into several along any axis.
 *
 * input      int8 [outer, sum of sizes], the dimensions before the axis and those from it on
 * outputs[i] int8 [outer, sizes[i]] */
#ifndef TD_SPLIT_S8_H
#define TD_SPLIT_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t outer;
  int32_t count;        /* of outputs */
  const int32_t *sizes; /* [count] */
} td_split_s8_params;

void td_split_s8(const td_split_s8_params *p, const int8_t *input, int8_t *const *outputs);

#ifdef __cplusplus
}
#endif
#endif
