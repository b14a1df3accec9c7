/* Whether conditions hold everywhere along some dimensions.
 *
 * The input's dimensions are two kept and two reduced ones of any order, each with its stride in
 * the input; what there are fewer of has size 1. input, output: 0 or 1; output
 * [kept[0], kept[1]] */
#ifndef TD_REDUCE_ALL_U8_H
#define TD_REDUCE_ALL_U8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t kept[2];
  int32_t kept_stride[2];
  int32_t reduced[2];
  int32_t reduced_stride[2];
} td_reduce_all_u8_params;

void td_reduce_all_u8(const td_reduce_all_u8_params *p, const uint8_t *input, uint8_t *output);

#ifdef __cplusplus
}
#endif
#endif
