/* A tensor with a part of it replaced, whose place is known at run time only; a place beyond the
 * ends is moved inside.
 *
 * input, output: [shape], `bytes` each; update: [size], of the same; begin int32 [4], outermost
 * first, of which the first `missing` are not there. The output may be the input's memory. */
#ifndef TD_UPDATE_SLICE_H
#define TD_UPDATE_SLICE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4]; /* outermost first */
  int32_t size[4];  /* of the part */
  int32_t bytes;    /* of an element */
  int32_t missing;  /* outermost dimensions that the tensor has not */
} td_update_slice_params;

void td_update_slice(const td_update_slice_params *p, const void *input, const void *update,
                     const int32_t *begin, void *output);

#ifdef __cplusplus
}
#endif
#endif
