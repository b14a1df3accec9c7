/* Fully connected layer, int16 with int8 weights, requantized per tensor or per channel.
 *
 * input  int16, zero point 0  [batches, input_size]
 * filter int8, zero point 0   [output_size, input_size]
 * bias   int64                [output_size]
 * output int16, zero point 0  [batches, output_size] */
#ifndef TD_FULLY_CONNECTED_S16_H
#define TD_FULLY_CONNECTED_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t input_size;
  int32_t output_size;
  int16_t per_channel; /* 0: one multiplier and shift for all, 1: one for each output */
  int16_t activation_min;
  int16_t activation_max;
  int16_t narrow; /* td_requantize_sum's, as what follows */
  const int32_t *multiplier;
  const int8_t *shift;
} td_fully_connected_s16_params;

void td_fully_connected_s16(const td_fully_connected_s16_params *p, const int16_t *input,
                            const int8_t *filter, const int64_t *bias, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
