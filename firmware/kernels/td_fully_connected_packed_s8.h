/* Fully connected layer, int8, from packed weights.
 *
 * input       int8 [batches][input_size]
 * filter      for each four outputs [groups][4] words of td_packed.h, group = 4 inputs; then, for
 *             the outputs left over, [groups][those] words; 4-aligned
 * bias        int32 [output_size], scaled by 256 (or as td_packed_parts says), the constants of
 * td_packed.h folded in
 * output      int8 [batches][output_size]
 * scratch     4-aligned: 2 bytes for each input, rounded up to four
 *
 * A batch is read whole before its output is written. */
#ifndef TD_FULLY_CONNECTED_PACKED_S8_H
#define TD_FULLY_CONNECTED_PACKED_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t input_size;
  int32_t output_size;
  int16_t per_channel; /* 0: one multiplier and shift for all, else one for each output */
  int16_t mode;        /* td_packed_mode, none of those with shift 12 */
  int32_t round;       /* the rest: td_packed_requant */
  int16_t half;
  int16_t activation_min;
  int16_t activation_max;
  int16_t part_groups; /* td_packed_parts */
  int16_t part_shift;
  const int32_t *multiplier;
  const int8_t *shift;
} td_fully_connected_packed_s8_params;

void td_fully_connected_packed_s8(const td_fully_connected_packed_s8_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output,
                                  void *scratch);

#ifdef __cplusplus
}
#endif
#endif
