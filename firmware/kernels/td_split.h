/* A tensor cut into several along any axis; all that counts here are bytes.
 *
 * input      [outer, sum of sizes], the dimensions before the axis and the bytes from it on
 * outputs[i] [outer, sizes[i]] */
#ifndef TD_SPLIT_H
#define TD_SPLIT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t outer;
  int32_t count;        /* of outputs */
  const int32_t *sizes; /* [count] */
} td_split_params;

void td_split(const td_split_params *p, const void *input, int8_t *const *outputs);

#ifdef __cplusplus
}
#endif
#endif
