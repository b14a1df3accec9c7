/* A dense tensor from elements that lie at regular distances: slices, transpositions, space to
 * depth and back, and any other re-ordering that strides can tell.
 *
 * input, output: elements of any size. The output is a walk over `shape`, outermost first; at
 * [a, b, c, d, e] it takes the `run` bytes at first + a * stride[0] + … + e * stride[4] of the
 * input. Strides are in bytes and may be negative. */
#ifndef TD_COPY_STRIDED_H
#define TD_COPY_STRIDED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[5];
  int32_t stride[5];
  int32_t first;
  int32_t run;
} td_copy_strided_params;

void td_copy_strided(const td_copy_strided_params *p, const void *input, void *output);

#ifdef __cplusplus
}
#endif
#endif
