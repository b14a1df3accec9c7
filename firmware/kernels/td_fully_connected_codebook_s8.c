#include "td_fully_connected_codebook_s8.h"

#include "td_code.h"
#include "td_fixedpoint.h"

static int8_t finish(const td_fully_connected_codebook_s8_params *p, int32_t acc, int32_t bias,
                     int32_t row) {
  const int32_t channel = p->per_channel ? row : 0;
  acc = td_wrap_add(acc, bias);
  acc = td_requantize(acc, p->multiplier[channel], p->shift[channel]);
  acc = td_wrap_add(acc, p->output_offset);
  return (int8_t)td_clamp(acc, p->activation_min, p->activation_max);
}

static void multiply(const td_fully_connected_codebook_s8_params *p, const int8_t *input,
                     td_bits bits, const int32_t *bias, int8_t *output) {
  const int32_t together = 16 / p->bits; /* indices of which one filling is enough */
  for (int32_t row = 0; row < p->output_size; row++) {
    int32_t acc = 0;
    for (int32_t i = 0; i < p->input_size;) {
      const int32_t end = p->input_size - i < together ? p->input_size : i + together;
      td_bits_fill(&bits);
      for (; i < end; i++) {
        acc += p->book[td_bits_take(&bits, p->bits)] * input[i];
      }
    }
    output[row] = finish(p, acc, bias[row], row);
  }
}

void td_fully_connected_codebook_s8(const td_fully_connected_codebook_s8_params *p,
                                    const int8_t *input, const uint8_t *filter, const int32_t *bias,
                                    int8_t *output) {
  const td_bits bits = td_bits_of(filter, p->code_bytes);
  for (int32_t batch = 0; batch < p->batches; batch++) {
    multiply(p, input, bits, bias, output);
    input += p->input_size;
    output += p->output_size;
  }
}
