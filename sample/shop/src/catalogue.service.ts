import { Injectable } from '@nestjs/common';

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Euro cents. */
  readonly price: number;
  /** The colour of the tea in the cup. */
  readonly colour: string;
}

const TEAS: readonly Product[] = [
  { id: 'assam', name: 'Assam', description: 'Malty, stands up to milk.', price: 690, colour: '#9a4417' },
  {
    id: 'sencha',
    name: 'Sencha',
    description: 'First flush, grassy and sweet.',
    price: 1180,
    colour: '#b9bb55',
  },
  {
    id: 'oolong',
    name: 'Milk Oolong',
    description: 'Creamy, rolled by hand.',
    price: 1450,
    colour: '#d9a441',
  },
  { id: 'lemon', name: 'Lemon & Ginger', description: 'Sharp and warm.', price: 540, colour: '#e8c65a' },
  {
    id: 'hibiscus',
    name: 'Hibiscus',
    description: 'Tart and red, good on ice.',
    price: 490,
    colour: '#a61e44',
  },
  {
    id: 'lapsang',
    name: 'Lapsang Souchong',
    description: 'Smoked over pine.',
    price: 990,
    colour: '#5f2c17',
  },
];

@Injectable()
export class Catalogue {
  readonly products: readonly Product[] = TEAS;

  find(id: string): Product | undefined {
    return this.products.find((product) => product.id === id);
  }
}
