#include "td_fully_connected_huffman_s8.h"

#include "td_code.h"
#include "td_fixedpoint.h"

static int8_t finish(const td_fully_connected_huffman_s8_params *p, int32_t acc, int32_t bias,
                     int32_t row) {
  const int32_t channel = p->per_channel ? row : 0;
  acc = td_wrap_add(acc, bias);
  acc = td_requantize(acc, p->multiplier[channel], p->shift[channel]);
  acc = td_wrap_add(acc, p->output_offset);
  return (int8_t)td_clamp(acc, p->activation_min, p->activation_max);
}

/* The gaps run on over the ends of rows. */
static void multiply(const td_fully_connected_huffman_s8_params *p, const td_huffman *gaps,
                     const td_huffman *weights, const int8_t *input, td_bits bits,
                     const int32_t *bias, int8_t *output) {
  const int32_t input_size = p->input_size;
  const int32_t longest = p->longest;
  int32_t acc = 0;
  int32_t at = 0;
  int32_t row = 0;
  for (;;) {
    td_bits_fill(&bits);
    const int32_t gap = td_huffman_take(gaps, &bits);
    at += gap;
    while (at >= input_size) {
      output[row] = finish(p, acc, bias[row], row);
      acc = 0;
      at -= input_size;
      row++;
      if (row == p->output_size) {
        return;
      }
    }
    if (gap != longest) {
      acc += (int8_t)td_huffman_take(weights, &bits) * input[at];
      at++;
    }
  }
}

void td_fully_connected_huffman_s8(const td_fully_connected_huffman_s8_params *p,
                                   const int8_t *input, const uint8_t *filter, const int32_t *bias,
                                   int8_t *output, void *scratch) {
  uint16_t *room = scratch;
  const td_huffman gaps = td_huffman_of(p->gap_counts, p->gap_lengths, p->gap_symbols, room);
  room += 1 << p->gap_lengths;
  const td_huffman weights =
      td_huffman_of(p->weight_counts, p->weight_lengths, p->weight_symbols, room);
  const td_bits bits = td_bits_of(filter, p->code_bytes);
  for (int32_t batch = 0; batch < p->batches; batch++) {
    multiply(p, &gaps, &weights, input, bits, bias, output);
    input += p->input_size;
    output += p->output_size;
  }
}
