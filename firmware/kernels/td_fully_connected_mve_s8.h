/* Dense layer, int8, for CPUs with M-profile vector instructions.
 *
 * input    int8 [batches][input_size]
 * filter   4-aligned, for each quad of outputs (the last four, where their number is no multiple of
 *          four; filled up with zeros, where there are fewer): for each 16 inputs 16 weights of
 * each of the four, plain int8 and padded with zeros; then four int32 biases, the model's less the
 * input's zero point times the sum of the output's weights; four int32 multipliers; four int8
 * shifts, in [-31, 0], less than 0 when `linear` output   int8 [batches][output_size] */
#ifndef TD_FULLY_CONNECTED_MVE_S8_H
#define TD_FULLY_CONNECTED_MVE_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t input_size;
  int32_t output_size;
  int16_t output_zero_point;
  int16_t linear; /* as td_mve_block_s8.h says */
  int16_t activation_min;
  int16_t activation_max;
} td_fully_connected_mve_s8_params;

void td_fully_connected_mve_s8(const td_fully_connected_mve_s8_params *p, const int8_t *input,
                               const int8_t *filter, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
