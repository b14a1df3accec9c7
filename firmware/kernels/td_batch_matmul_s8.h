/* Products of int8 matrices, batch by batch, each operand broadcast and transposed by its strides.
 *
 * input1, input2: int8; matrix [a, b, c] of an input begins at a * batch[0] + b * batch[1] +
 * c * batch[2], with stride 0 where it is broadcast, and has an element each row_stride and
 * column_stride. output: int8 [shape[0], shape[1], shape[2], rows, columns] */
#ifndef TD_BATCH_MATMUL_S8_H
#define TD_BATCH_MATMUL_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[3];
  int32_t batch1[3];
  int32_t batch2[3];
  int32_t rows;
  int32_t columns;
  int32_t depth;
  int32_t row_stride1;
  int32_t column_stride1;
  int32_t row_stride2;
  int32_t column_stride2;
  int32_t multiplier;
  int8_t shift;
  int16_t offset1; /* minus the zero points: [-127, 128] */
  int16_t offset2;
  int16_t output_offset; /* the output's zero point: [-128, 127] */
} td_batch_matmul_s8_params;

void td_batch_matmul_s8(const td_batch_matmul_s8_params *p, const int8_t *input1,
                        const int8_t *input2, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
