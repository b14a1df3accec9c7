/* Index of the first largest, or smallest, element along one dimension of an int8 tensor.
 *
 * input int8 [outer, count, inner], output int32 [outer, inner]
 *
 * flip is 0 for the largest and -1 for the smallest: it is the largest of the complements. */
#ifndef TD_ARG_MAX_S8_H
#define TD_ARG_MAX_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t outer;
  int32_t count;
  int32_t inner;
  int8_t flip;
} td_arg_max_s8_params;

void td_arg_max_s8(const td_arg_max_s8_params *p, const int8_t *input, int32_t *output);

#ifdef __cplusplus
}
#endif
#endif
