/* Mean over some dimensions of an int16 tensor, requantized.
 *
 * The input's dimensions are two kept and two reduced ones of any order, each with its stride in
 * the input; what there are fewer of has size 1. output int16 [kept[0], kept[1]] */
#ifndef TD_MEAN_S16_H
#define TD_MEAN_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t kept[2];
  int32_t kept_stride[2];
  int32_t reduced[2];
  int32_t reduced_stride[2];
  int32_t sum_offset; /* minus the input's zero point times the count of summed elements */
  int32_t multiplier; /* of the scales and one over the count */
  int8_t shift;
  int32_t output_offset; /* the output's zero point */
} td_mean_s16_params;

void td_mean_s16(const td_mean_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
