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

/* Where a row begins: gaps run on over the ends of rows. */
typedef struct {
  td_huffman gaps;
  td_huffman weights;
  td_bits bits;
  int32_t longest;
  int32_t at;  /* of the next weight, counted from the row's first */
  int32_t gap; /* that led there */
} position;

static void take_gap(position *s) {
  td_bits_fill(&s->bits);
  s->gap = td_huffman_take(&s->gaps, &s->bits);
  s->at += s->gap;
}

static int32_t multiply_row(position *row, const int8_t *input, int32_t size) {
  position s = *row;
  int32_t acc = 0;
  while (s.at < size) {
    if (s.gap != s.longest) {
      acc += (int8_t)td_huffman_take(&s.weights, &s.bits) * input[s.at];
      s.at++;
    }
    take_gap(&s);
  }
  s.at -= size;
  *row = s;
  return acc;
}

void td_fully_connected_huffman_s8(const td_fully_connected_huffman_s8_params *p,
                                   const int8_t *input, const uint8_t *filter, const int32_t *bias,
                                   int8_t *output, void *scratch) {
  uint16_t *room = (uint16_t *)scratch;
  position begin;
  begin.bits = td_bits_of(filter, p->code_bytes);
  begin.longest = p->longest;
  begin.at = 0;
  begin.gaps = td_huffman_of(p->gap_counts, p->gap_lengths, p->gap_symbols, room);
  room += 1 << p->gap_lengths;
  begin.weights = td_huffman_of(p->weight_counts, p->weight_lengths, p->weight_symbols, room);
  take_gap(&begin);
  for (int32_t batch = 0; batch < p->batches; batch++) {
    position s = begin;
    for (int32_t row = 0; row < p->output_size; row++) {
      const int32_t acc = multiply_row(&s, input, p->input_size);
      output[row] = finish(p, acc, bias[row], row);
    }
    input += p->input_size;
    output += p->output_size;
  }
}
