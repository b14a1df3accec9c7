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

static int32_t multiply_row(const int8_t *book, int32_t width, td_bits *code, const int8_t *input,
                            int32_t size) {
  const int32_t together = 16 / width; /* indices of which one filling is enough */
  td_bits bits = *code;
  int32_t acc = 0;
  for (int32_t i = 0; i < size;) {
    const int32_t end = size - i < together ? size : i + together;
    td_bits_fill(&bits);
    for (; i < end; i++) {
      acc += book[td_bits_take(&bits, width)] * input[i];
    }
  }
  *code = bits;
  return acc;
}

/* Two indices in each byte. */
static int32_t multiply_halves(const int8_t *book, const uint8_t *code, const int8_t *input,
                               int32_t size) {
  int32_t acc = 0;
  for (int32_t i = 0; i < size; i += 2) {
    const uint32_t both = *code++;
    acc += book[both >> 4] * input[i];
    acc += book[both & 15] * input[i + 1];
  }
  return acc;
}

void td_fully_connected_codebook_s8(const td_fully_connected_codebook_s8_params *p,
                                    const int8_t *input, const uint8_t *filter, const int32_t *bias,
                                    int8_t *output) {
  const int32_t halves = p->bits == 4 && p->input_size % 2 == 0;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    td_bits bits = td_bits_of(filter, p->code_bytes);
    const uint8_t *code = filter;
    for (int32_t row = 0; row < p->output_size; row++) {
      int32_t acc;
      if (halves) {
        acc = multiply_halves(p->book, code, input, p->input_size);
        code += p->input_size / 2;
      } else {
        acc = multiply_row(p->book, p->bits, &bits, input, p->input_size);
      }
      output[row] = finish(p, acc, bias[row], row);
    }
    input += p->input_size;
    output += p->output_size;
  }
}
