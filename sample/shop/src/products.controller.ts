import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Session } from 'nestjs-client-sessions';
import { Catalogue } from './catalogue.service.js';
import { Pages } from './pages.service.js';
import type { Visit } from './sessions.js';
import { productsView } from './views/products.view.js';

@Controller()
export class ProductsController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly pages: Pages,
  ) {}

  @Get()
  list(@Session() session: Session<Visit>, @Res() response: Response): void {
    this.pages.send(response, 'Teas', productsView(this.catalogue.products, session.csrf));
  }
}
