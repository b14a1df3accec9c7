#include "td_batch_matmul_s8.h"

#include "td_fixedpoint.h"

static int32_t dot(const td_batch_matmul_s8_params *p, const int8_t *row, const int8_t *column) {
  const int32_t offset1 = p->offset1;
  const int32_t offset2 = p->offset2;
  int32_t sum = 0;
  for (int32_t i = 0; i < p->depth; i++) {
    sum += (*row + offset1) * (*column + offset2);
    row += p->column_stride1;
    column += p->row_stride2;
  }
  return sum;
}

static int8_t *multiply(const td_batch_matmul_s8_params *p, const int8_t *input1,
                        const int8_t *input2, int8_t *output) {
  for (int32_t y = 0; y < p->rows; y++) {
    for (int32_t x = 0; x < p->columns; x++) {
      const int32_t sum = dot(p, input1 + y * p->row_stride1, input2 + x * p->column_stride2);
      const int32_t raw =
          td_wrap_add(td_requantize(sum, p->multiplier, p->shift), p->output_offset);
      *output++ = (int8_t)td_clamp(raw, INT8_MIN, INT8_MAX);
    }
  }
  return output;
}

void td_batch_matmul_s8(const td_batch_matmul_s8_params *p, const int8_t *input1,
                        const int8_t *input2, int8_t *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        output = multiply(p, input1 + a * p->batch1[0] + b * p->batch1[1] + c * p->batch1[2],
                          input2 + a * p->batch2[0] + b * p->batch2[1] + c * p->batch2[2], output);
      }
    }
  }
}
