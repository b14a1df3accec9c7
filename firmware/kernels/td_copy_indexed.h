/* A dense tensor from rows and columns chosen one by one: gathering, mirrored padding, nearest
 * neighbours and cropped batches.
 *
 * input, output: elements of any size. `offsets` holds, for each dimension of the output outermost
 * first, one byte offset for each index: shape[0] + … + shape[3] numbers. The output is a walk over
 * `shape`; at [a, b, c, d] it takes the `run` bytes of the input at the sum of the four offsets. */
#ifndef TD_COPY_INDEXED_H
#define TD_COPY_INDEXED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t run;
  const int32_t *offsets;
} td_copy_indexed_params;

void td_copy_indexed(const td_copy_indexed_params *p, const void *input, void *output);

#ifdef __cplusplus
}
#endif
#endif
