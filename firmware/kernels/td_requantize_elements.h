/* Integers of one type and quantization to another: scaled, rounded twice, saturated.
 *
 * input, output: int8, int16 or int32 by their bytes, `size` elements. */
#ifndef TD_REQUANTIZE_ELEMENTS_H
#define TD_REQUANTIZE_ELEMENTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  int32_t multiplier;
  int8_t shift;
  int8_t input_bytes; /* of an element: 1, 2 or 4 */
  int8_t output_bytes;
  int32_t input_offset; /* minus the input's zero point */
  int32_t output_offset;
} td_requantize_elements_params;

void td_requantize_elements(const td_requantize_elements_params *p, const void *input,
                            void *output);

#ifdef __cplusplus
}
#endif
#endif
