#include "td_planar.h"

#define ROW_WORDS (TD_PLANAR_ROW_BYTES / 4)

/* A rectangle of the image: the copying routine reads the members after the pointers in their
 * order. */
typedef struct {
  int32_t right; /* from a pixel to its right neighbour, in bytes; 0 repeats a constant */
  int32_t down;
  uint32_t offset; /* minus the zero point, twice */
  int32_t rows;
  int32_t next; /* from below a pair of columns to the top of the next */
  int32_t skip; /* the same in the planes */
  int32_t pairs;
} rectangle;

#if TD_DSP
#define COPY_PAIR                                                                                  \
  "ldr r10, [r0]\n"                                                                                \
  "ldr r11, [r0, r3]\n"                                                                            \
  "add r0, r4\n"                                                                                   \
  "pkhtb lr, r11, r10, asr #16\n"                                                                  \
  "pkhbt r11, r10, r11, lsl #16\n"                                                                 \
  "sxtab16 r10, r5, r11\n"                                                                         \
  "sxtab16 r11, r5, r11, ror #8\n"                                                                 \
  "sxtab16 r12, r5, lr\n"                                                                          \
  "sxtab16 lr, r5, lr, ror #8\n"                                                                   \
  "stmia r1!, {r10-r12, lr}\n"

/* r0 and r1 walk through image and planes, r2 counts pairs of rows, of which an odd number lacks
 * the first, r3-r9 hold the rectangle. */
__attribute__((naked, noinline)) static void copy_pairs(__attribute__((unused)) const int8_t *image,
                                                        __attribute__((unused)) uint32_t *planes,
                                                        __attribute__((unused))
                                                        const rectangle *part) {
  __asm("push {r4-r11, lr}\n"
        "ldm r2, {r3-r9}\n"
        "1:\n"
        "adds r2, r6, #1\n"
        "lsrs r2, r2, #1\n"
        "bcc 3f\n"
        "2:\n" COPY_PAIR "3:\n" COPY_PAIR "subs r2, #1\n"
        "bne 2b\n"
        "add r0, r7\n"
        "add r1, r8\n"
        "subs r9, #1\n"
        "bne 1b\n"
        "pop {r4-r11, pc}\n");
}
#else
static void copy_pairs(const int8_t *image, uint32_t *planes, const rectangle *part) {
  for (int32_t pair = 0; pair < part->pairs; pair++) {
    for (int32_t row = 0; row < part->rows; row++) {
      const uint32_t left = td_load_word(image);
      const uint32_t right = td_load_word(image + part->right);
      const uint32_t first = td_pack_low(left, right);
      const uint32_t second = td_pack_high(left, right);
      planes[0] = td_sxtab16(part->offset, first);
      planes[1] = td_sxtab16_odd(part->offset, first);
      planes[2] = td_sxtab16(part->offset, second);
      planes[3] = td_sxtab16_odd(part->offset, second);
      image += part->down;
      planes += ROW_WORDS;
    }
    image += part->next;
    planes += part->skip / 4;
  }
}
#endif

/* A column of the image whose right neighbour lies outside. */
#if TD_DSP
__attribute__((naked, noinline)) static void copy_left(__attribute__((unused)) const int8_t *image,
                                                       __attribute__((unused)) int32_t down,
                                                       __attribute__((unused)) uint32_t offset,
                                                       __attribute__((unused)) uint32_t *planes,
                                                       __attribute__((unused)) int32_t rows) {
  __asm("push {r4-r7, lr}\n"
        "ldr r12, [sp, #20]\n"
        "1:\n"
        "ldr r7, [r0]\n"
        "add r0, r1\n"
        "sxtab16 r6, r2, r7\n"
        "sxtab16 r7, r2, r7, ror #8\n"
        "uxth r4, r6\n"
        "uxth r5, r7\n"
        "lsrs r6, r6, #16\n"
        "lsrs r7, r7, #16\n"
        "subs r12, #1\n"
        "stmia r3!, {r4-r7}\n"
        "bne 1b\n"
        "pop {r4-r7, pc}\n");
}
#else
static void copy_left(const int8_t *image, int32_t down, uint32_t offset, uint32_t *planes,
                      int32_t rows) {
  for (; rows > 0; rows--) {
    const uint32_t pixel = td_load_word(image);
    const uint32_t even = td_sxtab16(offset, pixel);
    const uint32_t odd = td_sxtab16_odd(offset, pixel);
    planes[0] = even & 0xffffu;
    planes[1] = odd & 0xffffu;
    planes[2] = even >> 16;
    planes[3] = odd >> 16;
    image += down;
    planes += ROW_WORDS;
  }
}
#endif

/* A column of the image whose left neighbour lies outside. */
#if TD_DSP
__attribute__((naked, noinline)) static void copy_right(__attribute__((unused)) const int8_t *image,
                                                        __attribute__((unused)) int32_t down,
                                                        __attribute__((unused)) uint32_t offset,
                                                        __attribute__((unused)) uint32_t *planes,
                                                        __attribute__((unused)) int32_t rows) {
  __asm("push {r4-r8, lr}\n"
        "mov r8, #0\n"
        "ldr r12, [sp, #24]\n"
        "1:\n"
        "ldr r7, [r0]\n"
        "add r0, r1\n"
        "sxtab16 r6, r2, r7\n"
        "sxtab16 r7, r2, r7, ror #8\n"
        "lsls r4, r6, #16\n"
        "lsls r5, r7, #16\n"
        "pkhbt r6, r8, r6\n"
        "pkhbt r7, r8, r7\n"
        "subs r12, #1\n"
        "stmia r3!, {r4-r7}\n"
        "bne 1b\n"
        "pop {r4-r8, pc}\n");
}
#else
static void copy_right(const int8_t *image, int32_t down, uint32_t offset, uint32_t *planes,
                       int32_t rows) {
  for (; rows > 0; rows--) {
    const uint32_t pixel = td_load_word(image);
    const uint32_t even = td_sxtab16(offset, pixel);
    const uint32_t odd = td_sxtab16_odd(offset, pixel);
    planes[0] = even << 16;
    planes[1] = odd << 16;
    planes[2] = even & 0xffff0000u;
    planes[3] = odd & 0xffff0000u;
    image += down;
    planes += ROW_WORDS;
  }
}
#endif

/* What follows is run once a strip: small is better than fast. */
#if TD_DSP
#pragma GCC optimize("Os")
#endif

TD_INLINE void copy_row(uint32_t *to, const uint32_t *from) {
#if TD_DSP
  __asm volatile("ldm %1, {r4, r5, r6, r8}\n stm %0, {r4, r5, r6, r8}\n"
                 :
                 : "r"(to), "r"(from)
                 : "r4", "r5", "r6", "r8", "memory");
#else
  memcpy(to, from, TD_PLANAR_ROW_BYTES);
#endif
}

__attribute__((noinline)) static void zero(uint32_t *planes, int32_t rows) {
#if TD_DSP
  if (rows > 0) {
    __asm volatile("movs r3, #0\n movs r4, #0\n movs r5, #0\n movs r6, #0\n"
                   "1:\n"
                   "subs %1, #1\n"
                   "stm %0!, {r3, r4, r5, r6}\n"
                   "bne 1b\n"
                   : "+r"(planes), "+r"(rows)
                   :
                   : "r3", "r4", "r5", "r6", "cc", "memory");
  }
#else
  for (; rows > 0; rows--) {
    planes[0] = 0;
    planes[1] = 0;
    planes[2] = 0;
    planes[3] = 0;
    planes += ROW_WORDS;
  }
#endif
}

/* The image rows of one strip that lie inside the image. */
static void copy_inside(const td_planar *p, const int8_t *image, int32_t rows, int cleared,
                        uint32_t *planes) {
  const int32_t pair_words = p->rows * ROW_WORDS;
  const uint32_t offset = td_pair(-p->input_zero, -p->input_zero);
  for (int32_t pair = 0; pair < p->pairs;) {
    const int32_t x = 2 * pair - p->pad_left;
    uint32_t *plane = planes + pair * pair_words;
    const int32_t full = x < 0 ? 0 : (p->input_width - x) / 2;
    const int32_t pairs = full < p->pairs - pair ? full : p->pairs - pair;
    if (x < -1 || x >= p->input_width) {
      zero(plane, cleared ? 0 : rows);
    } else if (x < 0) {
      copy_right(image, p->down, offset, plane, rows);
    } else if (pairs <= 0) {
      copy_left(image + x * p->right, p->down, offset, plane, rows);
    } else {
      const rectangle part = {p->right,
                              p->down,
                              offset,
                              rows,
                              2 * p->right - rows * p->down,
                              4 * (pair_words - rows * ROW_WORDS),
                              pairs};
      copy_pairs(image + x * p->right, plane, &part);
      pair += pairs;
      continue;
    }
    pair++;
  }
}

void td_planar_clear(const td_planar *p, uint32_t *planes) {
  zero(planes, p->pairs * p->rows);
}

void td_planar_copy(const td_planar *p, const int8_t *input, int32_t row, int32_t count,
                    int32_t plane_row, int cleared, uint32_t *planes) {
  const int32_t above = row >= 0 ? 0 : (-row < count ? -row : count);
  const int32_t room = p->input_height - row - above;
  const int32_t inside = room < 0 ? 0 : (room < count - above ? room : count - above);
  const int32_t below = count - above - inside;
  planes += plane_row * ROW_WORDS;
  if (!cleared && (above > 0 || below > 0)) {
    uint32_t *plane = planes;
    for (int32_t pair = 0; pair < p->pairs; pair++, plane += p->rows * ROW_WORDS) {
      zero(plane, above);
      zero(plane + (above + inside) * ROW_WORDS, below);
    }
  }
  if (inside > 0) {
    copy_inside(p, input + (row + above) * p->down, inside, cleared, planes + above * ROW_WORDS);
  }
}

#if TD_DSP
/* Two rows of every pair of columns, `step` bytes apart. */
static void keep_two(uint32_t *to, const uint32_t *from, int32_t step, int32_t pairs) {
  __asm volatile("1:\n"
                 "ldm %1, {r2-r6, r8-r10}\n"
                 "subs %3, #1\n"
                 "stm %0, {r2-r6, r8-r10}\n"
                 "add %1, %2\n"
                 "add %0, %2\n"
                 "bne 1b\n"
                 : "+r"(to), "+r"(from), "+r"(step), "+r"(pairs)
                 :
                 : "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");
}
#endif

void td_planar_keep(const td_planar *p, int32_t from, int32_t count, uint32_t *planes) {
#if TD_DSP
  if (count == 2) {
    keep_two(planes, planes + from * ROW_WORDS, p->rows * TD_PLANAR_ROW_BYTES, p->pairs);
    return;
  }
#endif
  for (int32_t pair = 0; pair < p->pairs; pair++, planes += p->rows * ROW_WORDS) {
    for (int32_t i = 0; i < count * ROW_WORDS; i += ROW_WORDS) {
      copy_row(planes + i, planes + from * ROW_WORDS + i);
    }
  }
}
