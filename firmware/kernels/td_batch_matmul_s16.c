#include "td_batch_matmul_s16.h"

#include "td_fixedpoint.h"
#include "td_wide.h"

static int64_t dot(const td_batch_matmul_s16_params *p, const int16_t *row, const int16_t *column) {
  int64_t sum = 0;
  for (int32_t i = 0; i < p->depth; i++) {
    sum += *row * *column;
    row += p->column_stride1;
    column += p->row_stride2;
  }
  return sum;
}

static int16_t *multiply(const td_batch_matmul_s16_params *p, const int16_t *input1,
                         const int16_t *input2, int16_t *output) {
  for (int32_t y = 0; y < p->rows; y++) {
    for (int32_t x = 0; x < p->columns; x++) {
      const int64_t sum = dot(p, input1 + y * p->row_stride1, input2 + x * p->column_stride2);
      const int32_t scaled = td_requantize_wide(sum, p->multiplier, p->shift);
      *output++ = (int16_t)td_clamp(scaled, INT16_MIN, INT16_MAX);
    }
  }
  return output;
}

void td_batch_matmul_s16(const td_batch_matmul_s16_params *p, const int16_t *input1,
                         const int16_t *input2, int16_t *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        output = multiply(p, input1 + a * p->batch1[0] + b * p->batch1[1] + c * p->batch1[2],
                          input2 + a * p->batch2[0] + b * p->batch2[1] + c * p->batch2[2], output);
      }
    }
  }
}
