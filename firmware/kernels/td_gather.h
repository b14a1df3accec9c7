/* Rows of a table, or of a tensor, by indices that are known at run time only. An index beyond the
 * ends takes the first or the last row.
 *
 * input [outer, size, bytes], indices int32 [count], output [outer, count, bytes] */
#ifndef TD_GATHER_H
#define TD_GATHER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t outer;
  int32_t size;  /* rows */
  int32_t bytes; /* of a row */
  int32_t count;
} td_gather_params;

void td_gather(const td_gather_params *p, const void *input, const int32_t *indices, void *output);

#ifdef __cplusplus
}
#endif
#endif
