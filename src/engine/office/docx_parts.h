/* docx_parts.h -- inside docx.c: the fixed parts of the package and the pieces of XML that are all
 * attributes.
 * Source: ECMA-376-1 (WordprocessingML, DrawingML, packaging). Memory: the arena. */
#ifndef WUXING_ENGINE_OFFICE_DOCX_PARTS_H
#define WUXING_ENGINE_OFFICE_DOCX_PARTS_H

#include "engine/office/markup.h"

void docx_namespaces(struct markup *);
void docx_section(struct markup *, bool demo);                            /* page size, margins, grid, footers */
void docx_picture(struct markup *, int picture, int side_mm, struct str about);   /* a run */
struct str docx_content_types(struct arena *, bool demo);
struct str docx_root_relations(struct arena *);
struct str docx_relations(struct arena *, bool demo, int pictures);
struct str docx_core(struct arena *, struct str title);
struct str docx_styles(struct arena *);
struct str docx_settings(struct arena *);
struct str docx_fonts(struct arena *);
struct str docx_footer(struct arena *, bool odd);
struct str docx_demo_header(struct arena *);

#endif
