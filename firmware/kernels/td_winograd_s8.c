#include "td_winograd_s8.h"

#include "td_dsp_dw.h"

#define TILES 4      /* at a time */
#define POSITIONS 16 /* of a transformed tile */
#define SHIFT 12     /* of every accumulator */
#define SUM_WORDS (POSITIONS * TILES * 2)

typedef struct {
  int8_t *output; /* of the tile's first output channel at the moment */
  int32_t rows;   /* that lie inside the output: 1 or 2 */
  int32_t columns;
} tile;

/* One row of a tile's pixels transformed along the row, in one half of the channels of a word. */
typedef struct {
  uint32_t v[4];
} transformed;

TD_INLINE transformed transform_row(const int8_t *pixel, int32_t right, uint32_t offset, int odd) {
  uint32_t d[4];
  TD_UNROLL_4
  for (int32_t i = 0; i < 4; i++) {
    const uint32_t word = td_load_word(pixel + i * right);
    d[i] = odd ? td_sxtab16_odd(offset, word) : td_sxtab16(offset, word);
  }
  const transformed row = {
      {td_ssub16(d[0], d[2]), td_sadd16(d[1], d[2]), td_ssub16(d[2], d[1]), td_ssub16(d[1], d[3])}};
  return row;
}

TD_INLINE void put_row(uint32_t *out, transformed a, transformed b, int subtract) {
  TD_UNROLL_4
  for (int32_t i = 0; i < 4; i++) {
    out[i * TILES] = subtract ? td_ssub16(a.v[i], b.v[i]) : td_sadd16(a.v[i], b.v[i]);
  }
}

/* Two channels of a 4x4 patch, to the words `out` [16][TILES] of this tile. */
TD_INLINE void transform_half(const int8_t *patch, int32_t right, int32_t down, uint32_t offset,
                              int odd, uint32_t *out) {
  const transformed row1 = transform_row(patch + down, right, offset, odd);
  const transformed row2 = transform_row(patch + 2 * down, right, offset, odd);
  put_row(out + 4 * TILES, row1, row2, 0);
  put_row(out + 8 * TILES, row2, row1, 1);
  put_row(out, transform_row(patch, right, offset, odd), row2, 1);
  put_row(out + 12 * TILES, row1, transform_row(patch + 3 * down, right, offset, odd), 1);
}

/* All channels of a patch, to `out` [channels / 2][16][TILES]. */
static void transform(const int8_t *patch, int32_t right, int32_t down, int32_t channels,
                      uint32_t offset, uint32_t *out) {
  for (int32_t c = 0; c < channels; c += 4) {
    transform_half(patch + c, right, down, offset, 0, out);
    transform_half(patch + c, right, down, offset, 1, out + POSITIONS * TILES);
    out += 2 * POSITIONS * TILES;
  }
}

/* Copies a patch that reaches outside the image, with the zero point there. */
static void copy_patch(const td_winograd_s8_params *p, const int8_t *input, int32_t y0, int32_t x0,
                       int8_t *patch) {
  for (int32_t y = y0; y < y0 + 4; y++) {
    for (int32_t x = x0; x < x0 + 4; x++) {
      const int32_t channels = p->input_channels;
      if (y >= 0 && y < p->input_height && x >= 0 && x < p->input_width) {
        memcpy(patch, input + (y * p->input_width + x) * channels, (size_t)channels);
      } else {
        memset(patch, p->input_zero, (size_t)channels);
      }
      patch += channels;
    }
  }
}

#if TD_DSP
/* r4-r11 += the products of two pairs of channels, in four tiles (r0), with two output channels
 * (r1). */
#define STEP                                                                                       \
  "ldrd r2, r3, [r0], #8\n"                                                                        \
  "ldrd r12, lr, [r1], #8\n"                                                                       \
  "smlad r4, r2, r12, r4\n"                                                                        \
  "smlad r5, r2, lr, r5\n"                                                                         \
  "smlad r6, r3, r12, r6\n"                                                                        \
  "smlad r7, r3, lr, r7\n"                                                                         \
  "ldrd r2, r3, [r0], #248\n"                                                                      \
  "smlad r8, r2, r12, r8\n"                                                                        \
  "smlad r9, r2, lr, r9\n"                                                                         \
  "smlad r10, r3, r12, r10\n"                                                                      \
  "smlad r11, r3, lr, r11\n"
#define FIRST_STEP                                                                                 \
  "ldrd r2, r3, [r0], #8\n"                                                                        \
  "ldrd r12, lr, [r1], #8\n"                                                                       \
  "smuad r4, r2, r12\n"                                                                            \
  "smuad r5, r2, lr\n"                                                                             \
  "smuad r6, r3, r12\n"                                                                            \
  "smuad r7, r3, lr\n"                                                                             \
  "ldrd r2, r3, [r0], #248\n"                                                                      \
  "smuad r8, r2, r12\n"                                                                            \
  "smuad r9, r2, lr\n"                                                                             \
  "smuad r10, r3, r12\n"                                                                           \
  "smuad r11, r3, lr\n"

/* Sums [16][TILES][2] over all input channels; `span` is the bytes of the transformed tiles. */
__attribute__((naked, noinline)) static void multiply(__attribute__((unused)) const uint32_t *tiles,
                                                      __attribute__((unused))
                                                      const uint32_t *weights,
                                                      __attribute__((unused)) uint32_t *sums,
                                                      __attribute__((unused)) int32_t span) {
  __asm("push {r3-r11, lr}\n" /* [sp]: span */
        "sub sp, #16\n"       /* [sp, #0]: sums, #4: their end, #8: the tiles' end, #16: span */
        "add r4, r2, #512\n"
        "strd r2, r4, [sp]\n"
        "1:\n"
        "ldr r2, [sp, #16]\n"
        "add r2, r0\n"
        "str r2, [sp, #8]\n" FIRST_STEP "b 3f\n"
        "2:\n" STEP "3:\n" STEP STEP STEP "ldr r2, [sp, #8]\n"
        "cmp r0, r2\n"
        "bne 2b\n"
        "ldr r3, [sp, #16]\n"
        "sub r0, r3\n"
        "add r0, #16\n"
        "ldrd r2, r3, [sp]\n"
        "stmia r2!, {r4-r11}\n"
        "str r2, [sp]\n"
        "cmp r2, r3\n"
        "bne 1b\n"
        "add sp, #20\n"
        "pop {r4-r11, pc}\n");
}
#else
static void multiply(const uint32_t *tiles, const uint32_t *weights, uint32_t *sums, int32_t span) {
  for (int32_t i = 0; i < SUM_WORDS; i++) {
    const int32_t position = i / (2 * TILES);
    const uint32_t *a = tiles + position * TILES + i / 2 % TILES;
    const uint32_t *w = weights + position * (span / 128) + i % 2;
    uint32_t sum = 0;
    for (int32_t k = 0; k < span / 256; k++) {
      const uint32_t x = a[k * POSITIONS * TILES];
      sum += (uint32_t)(td_low(x) * td_low(w[2 * k])) + (uint32_t)(td_high(x) * td_high(w[2 * k]));
    }
    sums[i] = sum;
  }
}
#endif

typedef struct {
  uint32_t bias;
  int32_t multiplier;
  int32_t rounding;
  int32_t correction; /* for negative accumulators */
} channel;

TD_INLINE int8_t requantize(const channel *ch, uint32_t sum, int linear) {
  const int32_t x = (int32_t)sum;
  const int32_t rounding = linear ? ch->rounding - (ch->correction & (x >> 31)) : ch->rounding;
  return (int8_t)td_ssat8_asr12(td_smmla(x, ch->multiplier, rounding));
}

/* The 2x2 outputs of a tile in one channel; `sums` [16] are 2 * TILES words apart. */
TD_INLINE void finish(const uint32_t *sums, const channel *ch, int linear, int32_t right,
                      int32_t below, int8_t *output) {
  uint32_t upper[4];
  uint32_t lower[4];
  TD_UNROLL_4
  for (int32_t j = 0; j < 4; j++) {
    const uint32_t *m = sums + j * 2 * TILES;
    const uint32_t m1 = m[8 * TILES] + (j == 1 ? ch->bias : 0);
    const uint32_t m2 = m[16 * TILES];
    upper[j] = m[0] + m1 + m2;
    lower[j] = m1 - m2 - m[24 * TILES];
  }
  output[below + right] = requantize(ch, lower[1] - lower[2] - lower[3], linear);
  output[below] = requantize(ch, lower[0] + lower[1] + lower[2], linear);
  output[right] = requantize(ch, upper[1] - upper[2] - upper[3], linear);
  output[0] = requantize(ch, upper[0] + upper[1] + upper[2], linear);
}

/* Two output channels of all tiles. An output that does not exist goes where one that does is put
 * later. */
TD_INLINE void finish_tiles(const td_winograd_s8_params *p, const uint32_t *sums,
                            const uint32_t *constants, tile *tiles, int32_t count, int linear) {
  const int32_t row = p->output_width * p->output_channels;
  for (int32_t c = 0; c < 2; c++) {
    channel ch;
    memcpy(&ch, constants + 4 * c, sizeof ch);
    for (int32_t t = 0; t < count; t++) {
      finish(sums + 2 * t + c, &ch, linear, tiles[t].columns == 2 ? p->output_channels : 0,
             tiles[t].rows == 2 ? row : 0, tiles[t].output++);
    }
  }
}

void td_winograd_s8(const td_winograd_s8_params *p, const int8_t *input, const int32_t *filter,
                    int8_t *output, void *scratch) {
  const int32_t channels = p->input_channels;
  const int32_t span = channels / 2 * POSITIONS * TILES * 4;
  uint32_t *transformed_tiles = (uint32_t *)scratch;
  uint32_t *sums = transformed_tiles + span / 4;
  int8_t *patch = (int8_t *)(sums + SUM_WORDS);
  const uint32_t offset = td_pair(-p->input_zero, -p->input_zero);
  int32_t y = 0;
  int32_t x = 0;
  while (y < p->output_height) {
    tile tiles[TILES];
    int32_t count = 0;
    for (; count < TILES && y < p->output_height; count++) {
      const int32_t y0 = y - p->pad_top;
      const int32_t x0 = x - p->pad_left;
      uint32_t *out = transformed_tiles + count;
      if (y0 >= 0 && x0 >= 0 && y0 + 4 <= p->input_height && x0 + 4 <= p->input_width) {
        transform(input + (y0 * p->input_width + x0) * channels, channels,
                  p->input_width * channels, channels, offset, out);
      } else {
        copy_patch(p, input, y0, x0, patch);
        transform(patch, channels, 4 * channels, channels, offset, out);
      }
      tiles[count].output = output + (y * p->output_width + x) * p->output_channels;
      tiles[count].rows = p->output_height - y;
      tiles[count].columns = p->output_width - x;
      tiles[count].rows = tiles[count].rows < 2 ? 1 : 2;
      tiles[count].columns = tiles[count].columns < 2 ? 1 : 2;
      x += 2;
      if (x >= p->output_width) {
        x = 0;
        y += 2;
      }
    }
    const uint32_t *weights = (const uint32_t *)filter;
    for (int32_t c = 0; c < p->output_channels; c += 2) {
      multiply(transformed_tiles, weights, sums, span);
      weights += POSITIONS * channels;
      if (p->linear) {
        finish_tiles(p, sums, weights, tiles, count, 1);
      } else {
        finish_tiles(p, sums, weights, tiles, count, 0);
      }
      weights += 8;
    }
  }
}
