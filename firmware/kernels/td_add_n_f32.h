/* The sum of float32 tensors of one shape.
 *
 * inputs[i], output: float32, `size` elements. */
#ifndef TD_ADD_N_F32_H
#define TD_ADD_N_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  int32_t count; /* of inputs */
} td_add_n_f32_params;

void td_add_n_f32(const td_add_n_f32_params *p, const int8_t *const *inputs, float *output);

#ifdef __cplusplus
}
#endif
#endif
