#include "td_fully_connected_coded_s8.h"

#include "td_code.h"
#include "td_fixedpoint.h"

static int8_t finish(const td_fully_connected_coded_s8_params *p, int32_t acc, int32_t bias,
                     int32_t row) {
  const int32_t channel = p->per_channel ? row : 0;
  acc = td_wrap_add(acc, bias);
  acc = td_requantize(acc, p->multiplier[channel], p->shift[channel]);
  acc = td_wrap_add(acc, p->output_offset);
  return (int8_t)td_clamp(acc, p->activation_min, p->activation_max);
}

static void multiply_indexed(const td_fully_connected_coded_s8_params *p, const int8_t *input,
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

/* The gaps run on over the ends of rows. */
static void multiply_sparse(const td_fully_connected_coded_s8_params *p, const int8_t *input,
                            td_bits bits, const int32_t *bias, int8_t *output) {
  td_huffman gaps;
  td_huffman weights;
  td_huffman_start(&gaps, p->gap_counts, p->gap_lengths, p->gap_symbols);
  td_huffman_start(&weights, p->weight_counts, p->weight_lengths, p->weight_symbols);
  int32_t acc = 0;
  int32_t at = 0;
  int32_t row = 0;
  for (;;) {
    td_bits_fill(&bits);
    const int32_t gap = td_huffman_read(&gaps, &bits);
    at += gap;
    while (at >= p->input_size) {
      output[row] = finish(p, acc, bias[row], row);
      acc = 0;
      at -= p->input_size;
      row++;
      if (row == p->output_size) {
        return;
      }
    }
    if (gap != p->longest) {
      acc += (int8_t)td_huffman_read(&weights, &bits) * input[at];
      at++;
    }
    if (at == p->input_size && row == p->output_size - 1) {
      output[row] = finish(p, acc, bias[row], row);
      return;
    }
  }
}

void td_fully_connected_coded_s8(const td_fully_connected_coded_s8_params *p, const int8_t *input,
                                 const uint8_t *filter, const int32_t *bias, int8_t *output) {
  const td_bits bits = td_bits_of(filter, p->code_bytes);
  for (int32_t batch = 0; batch < p->batches; batch++) {
    if (p->bits == 0) {
      multiply_sparse(p, input, bits, bias, output);
    } else {
      multiply_indexed(p, input, bits, bias, output);
    }
    input += p->input_size;
    output += p->output_size;
  }
}
