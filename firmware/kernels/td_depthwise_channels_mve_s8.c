#include "td_depthwise_channels_mve_s8.h"

#include <stddef.h>

#include "td_fixedpoint.h"
#include "td_mve.h"

#define ROWS 3
#define TAPS 9
#define GROUP TD_MVE_BYTES /* channels */
#define FILTER_BYTES (GROUP * (TAPS + 4 + 4 + 1))

/* A row of outputs of up to 16 channels; put_row loads its members at once. */
typedef struct {
  int32_t linear;
  const int8_t *rows[ROWS]; /* of the first output's window */
  const int8_t *filter;
  const int8_t *shifts;
  int32_t output_zero_point;
  int8_t *output;
  int32_t output_step;
  int32_t input_step; /* in the rows */
  int32_t channels;   /* at most 16 */
  int32_t count;      /* of outputs */
} row_of_outputs;

#if TD_MVE

/* Sums of 16 channels' products, widened, are in q0 to q3. */
#define WIDEN                                                                                      \
  "vmovlb.s16 q4, q6\n\t"                                                                          \
  "vadd.i32 q0, q0, q4\n\t"                                                                        \
  "vmovlt.s16 q6, q6\n\t"                                                                          \
  "vadd.i32 q1, q1, q6\n\t"                                                                        \
  "vmovlb.s16 q4, q7\n\t"                                                                          \
  "vadd.i32 q2, q2, q4\n\t"                                                                        \
  "vmovlt.s16 q7, q7\n\t"                                                                          \
  "vadd.i32 q3, q3, q7\n\t"
#define FIRST(row, x, tap)                                                                         \
  "vldrb.8 q4, [" row ", #" x "]\n\t"                                                              \
  "vldrw.32 q5, [r4, #" tap "]\n\t"                                                                \
  "vmullb.s8 q6, q4, q5\n\t"                                                                       \
  "vmullt.s8 q7, q4, q5\n\t"
/* Two products of a weight above -128 fit 16 bits. */
#define SECOND(row, x, tap)                                                                        \
  "vldrb.8 q4, [" row ", #" x "]\n\t"                                                              \
  "vldrw.32 q5, [r4, #" tap "]\n\t"                                                                \
  "vmullb.s8 q5, q4, q5\n\t"                                                                       \
  "vadd.i16 q6, q6, q5\n\t"                                                                        \
  "vldrw.32 q5, [r4, #" tap "]\n\t"                                                                \
  "vmullt.s8 q5, q4, q5\n\t"                                                                       \
  "vadd.i16 q7, q7, q5\n\t"
#define SCALE(q, multiplier)                                                                       \
  "vldrw.32 q4, [r4, #" multiplier "]\n\t"                                                         \
  "vqrdmulh.s32 " q ", " q ", q4\n\t"
/* Lets ties below zero go down. */
#define LINEAR(q)                                                                                  \
  "vshr.s32 q4, " q ", #31\n\t"                                                                    \
  "vadd.i32 " q ", " q ", q4\n\t"
#define SHIFT(q, place)                                                                            \
  "vldrb.s32 q4, [r5, #" place "]\n\t"                                                             \
  "vrshl.s32 " q ", " q ", q4\n\t"

static __attribute__((naked, noinline)) void put_row(const row_of_outputs *row) {
  (void)row;
  __asm volatile("push {r4-r11, lr}\n\t"
                 "vpush {d8-d15}\n\t"
                 "ldm r0, {r0-r10, lr}\n\t"
                 "vctp.8 r10\n\t"
                 "dls lr, lr\n"
                 "1:\n\t"
                 "vldrw.32 q0, [r4, #144]\n\t"
                 "vldrw.32 q1, [r4, #160]\n\t"
                 "vldrw.32 q2, [r4, #176]\n\t"
                 "vldrw.32 q3, [r4, #192]\n\t" /**/
                 FIRST("r1", "0", "0") SECOND("r1", "16", "16") WIDEN FIRST("r1", "32", "32")
                     SECOND("r2", "0", "48") WIDEN FIRST("r2", "16", "64") SECOND("r2", "32", "80")
                         WIDEN FIRST("r3", "0", "96") SECOND("r3", "16", "112")
                             WIDEN FIRST("r3", "32", "128") WIDEN /**/
                                 SCALE("q0", "208") SCALE("q1", "224") SCALE("q2", "240")
                                     SCALE("q3", "256") "cbz r0, 2f\n\t"              /**/
                 LINEAR("q0") LINEAR("q1") LINEAR("q2") LINEAR("q3") "2:\n\t"         /**/
                 SHIFT("q0", "0") SHIFT("q1", "4") SHIFT("q2", "8") SHIFT("q3", "12") /**/
                 "vqmovnb.s32 q0, q0\n\t"
                 "vqmovnb.s32 q2, q2\n\t"
                 "vqmovnt.s32 q0, q1\n\t"
                 "vqmovnt.s32 q2, q3\n\t"
                 "vqadd.s16 q0, q0, r6\n\t"
                 "vqadd.s16 q2, q2, r6\n\t"
                 "vqmovnb.s16 q0, q0\n\t"
                 "vqmovnt.s16 q0, q2\n\t"
                 "vpst\n\t"
                 "vstrbt.8 q0, [r7]\n\t"
                 "add r7, r8\n\t"
                 "add r1, r9\n\t"
                 "add r2, r9\n\t"
                 "add r3, r9\n\t"
                 "le lr, 1b\n\t"
                 "vpop {d8-d15}\n\t"
                 "pop {r4-r11, pc}");
}

/* `count` pixels' `channels` of a group, 16 bytes apart. */
static void copy_pixels(int8_t *to, const int8_t *from, int32_t step, int32_t channels,
                        int32_t count) {
  const mve_pred16_t inside = vctp8q((uint32_t)channels);
  for (; count > 0; count--) {
    vstrbq_s8(to, vldrbq_z_s8(from, inside));
    to += GROUP;
    from += step;
  }
}

#else

static int32_t word_at(const int8_t *place) {
  int32_t word;
  memcpy(&word, place, sizeof word);
  return word;
}

/* Where a channel's constants are. */
static int32_t place_of(int32_t channel) {
  return (channel % 2 * 2 + channel / 2 % 2) * 4 + channel / 4;
}

static void put_row(const row_of_outputs *row) {
  const int8_t *const biases = row->filter + GROUP * TAPS;
  for (int32_t i = 0; i < row->count; i++) {
    for (int32_t c = 0; c < row->channels; c++) {
      const int32_t place = place_of(c);
      uint32_t sum = (uint32_t)word_at(biases + 4 * place);
      for (int32_t tap = 0; tap < TAPS; tap++) {
        const int8_t *const pixels = row->rows[tap / 3] + i * row->input_step;
        sum += (uint32_t)(pixels[tap % 3 * GROUP + c] * row->filter[tap * GROUP + c]);
      }
      const int32_t value =
          td_requantize((int32_t)sum, word_at(biases + 4 * (GROUP + place)), row->shifts[place]);
      row->output[i * row->output_step + c] =
          (int8_t)td_clamp(value + row->output_zero_point, INT8_MIN, INT8_MAX);
    }
  }
}

static void copy_pixels(int8_t *to, const int8_t *from, int32_t step, int32_t channels,
                        int32_t count) {
  for (; count > 0; count--) {
    memcpy(to, from, (size_t)channels);
    to += GROUP;
    from += step;
  }
}

#endif

/* Up to 16 channels, from `input` on, through the rows in `ring`, whose padding at the sides they
 * have. */
static void convolve(const td_depthwise_channels_mve_s8_params *p, row_of_outputs *row,
                     const int8_t *input, int8_t *ring, int8_t *output) {
  const int32_t columns = (p->output_width - 1) * p->stride_width + ROWS;
  const int32_t room = columns - p->pad_left;
  const int32_t copied = p->input_width < room ? p->input_width : room;
  int32_t next = 0; /* row of the padded input */
  for (int32_t y = 0; y < p->output_height; y++) {
    const int32_t first = y * p->stride_height;
    for (; next < first + ROWS; next++) {
      const int32_t from = next - p->pad_top;
      int8_t *const to = ring + next % ROWS * columns * GROUP;
      if (from >= 0 && from < p->input_height) {
        copy_pixels(to + p->pad_left * GROUP, input + from * p->input_width * p->channels,
                    p->channels, row->channels, copied);
      } else {
        td_mve_fill(to, p->input_zero_point, columns * GROUP);
      }
    }
    for (int32_t i = 0; i < ROWS; i++) {
      row->rows[i] = ring + (first + i) % ROWS * columns * GROUP;
    }
    row->output = output;
    put_row(row);
    output += p->output_width * p->channels;
  }
}

void td_depthwise_channels_mve_s8(const td_depthwise_channels_mve_s8_params *p, const int8_t *input,
                                  const int8_t *filter, int8_t *output, void *scratch) {
  int8_t *const ring = (int8_t *)scratch;
  const int32_t columns = (p->output_width - 1) * p->stride_width + ROWS;
  td_mve_fill(ring, p->input_zero_point, ROWS * columns * GROUP);
  row_of_outputs row;
  row.linear = p->linear;
  row.output_zero_point = p->output_zero_point;
  row.output_step = p->channels;
  row.input_step = p->stride_width * GROUP;
  row.count = p->output_width;
  for (int32_t c = 0; c < p->channels; c += GROUP) {
    const int32_t left = p->channels - c;
    row.channels = left < GROUP ? left : GROUP;
    row.filter = filter;
    row.shifts = filter + GROUP * (TAPS + 4 + 4);
    convolve(p, &row, input + c, ring, output + c);
    filter += FILTER_BYTES;
  }
  if (p->activation_min != INT8_MIN || p->activation_max != INT8_MAX) {
    td_mve_clamp(output, p->output_height * p->output_width * p->channels, p->activation_min,
                 p->activation_max);
  }
}
