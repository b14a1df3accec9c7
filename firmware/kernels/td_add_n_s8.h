/* The sum of int8 tensors of one scale and zero point, requantized.
 *
 * inputs[i], output: int8, `size` elements. */
#ifndef TD_ADD_N_S8_H
#define TD_ADD_N_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  int32_t count;      /* of inputs */
  int32_t multiplier; /* of the scales, over 2^19 */
  int8_t shift;
  int16_t input_offset;  /* minus the inputs' zero point */
  int16_t output_offset; /* the output's zero point */
} td_add_n_s8_params;

void td_add_n_s8(const td_add_n_s8_params *p, const int8_t *const *inputs, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
